// An OpenID Connect issuer: node issuer.mjs ADDRESS PORT [URL]. Its keys live as long as the process.
//
// Every client is a user of movieserver: its id is the token's `sub` and also its secret.
//   curl -u alice:alice -d grant_type=client_credentials ISSUER/token         signed with RS256
//   curl … -d resource=urn:movieserver:es256 ISSUER/token                     signed with ES256
//   curl -X POST ISSUER/keys/rotate   from now on new keys sign; the old ones stay published
//   curl -X POST ISSUER/keys/retire   removes the old keys
import { createServer } from 'node:http';
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import { Provider, errors } from 'oidc-provider';

const [address, port, issuer = `http://${address}:${port}`] = process.argv.slice(2);
const audiences = { 'urn:movieserver': 'RS256', 'urn:movieserver:es256': 'ES256' };
const users = ['alice', 'bob', 'carol'];
const lifetime = 3600; // seconds

async function makeKeys() {
  return Promise.all(['RS256', 'ES256'].map(async (alg) => {
    const { privateKey } = await generateKeyPair(alg, { extractable: true });
    const key = await exportJWK(privateKey);
    // Servers remember keys by name, so use a name that no key of an earlier process had.
    return { ...key, alg, use: 'sig', kid: await calculateJwkThumbprint(key) };
  }));
}

function serve(keys) {
  return new Provider(issuer, {
    jwks: { keys },
    clients: users.map((user) => ({
      client_id: user,
      client_secret: user,
      grant_types: ['client_credentials'],
      response_types: [],
      redirect_uris: [],
    })),
    ttl: { ClientCredentials: lifetime },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => 'urn:movieserver',
        getResourceServerInfo(context, audience) {
          const alg = audiences[audience];
          if (!alg) throw new errors.InvalidTarget();
          return {
            audience, scope: '', accessTokenTTL: lifetime, accessTokenFormat: 'jwt', jwt: { sign: { alg } },
          };
        },
      },
    },
  }).callback();
}

let keys = await makeKeys();
let answer = serve(keys);

async function changeKeys(changed) {
  keys = changed;
  answer = serve(keys);
  return keys.map((key) => key.kid).join(' ');
}

createServer(async (request, response) => {
  switch (`${request.method} ${request.url}`) {
    case 'POST /keys/rotate':
      return response.end(`${await changeKeys([...await makeKeys(), ...keys])}\n`);
    case 'POST /keys/retire':
      return response.end(`${await changeKeys(keys.slice(0, 2))}\n`);
    default:
      return answer(request, response);
  }
}).listen(Number(port), address, () => console.log(`issuer ${issuer}`));
