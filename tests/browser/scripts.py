"""What tests run within the page to see, or to hold up, what passes there."""

COUNT_ANIMATIONS = """
    window.most = 0;
    new MutationObserver(() => requestAnimationFrame(() => {
      window.most = Math.max(window.most, document.getAnimations().length);
    })).observe(document.getElementById('ten'), {childList: true, subtree: true});
"""
"""Keeps in ``most`` how many animations there were at once."""

KEEP_SAID = """
    window.said = [];
    for (const place of document.querySelectorAll('#status, #own-status')) {
      new MutationObserver(() => window.said.push(place.textContent))
        .observe(place, {childList: true});
    }
"""
"""Keeps in ``said`` what a listener hears of the search and of the own rate."""

HOLD = """
    const real = window.fetch;
    const [method, refusal, status = 503] = arguments;
    const held = () => new Promise((done) => { window.release = done; });
    window.answered = 0;
    window.fetch = async (url, options = {}) => {
      const own = String(url).endsWith('/users/rate') && (options.method ?? 'GET') === method;
      const first = own && !window.release;
      if (first && method !== 'GET') await held();
      if (first && refusal) return Response.json({ message: refusal }, { status });
      const answer = await real(url, options);
      if (!own) return answer;
      const body = await answer.json();
      if (first && method === 'GET') await held();
      window.answered += 1;
      return { ok: answer.ok, status: answer.status, json: async () => body };
    };
"""
"""Holds the first request for the own rate by that method, or the answer to a GET, until
``release`` is called; with a second argument that request is answered 503 with these words, and
with a third by that status."""

HOLD_FILM = """
    const real = window.fetch;
    window.fetch = async (url, options) => {
      if (/^.movies.tt[0-9]+$/.test(url)) await new Promise((done) => { window.release = done; });
      return real(url, options);
    };
"""
"""Holds every question for a film's rates until ``release`` is called."""

REFUSE_FILM = """
    const real = window.fetch;
    window.fetch = async (url, options) => {
      if (window.refused || !/^.movies.tt[0-9]+$/.test(url)) return real(url, options);
      window.refused = true;
      return Response.json({ message: 'away' }, { status: 503 });
    };
"""
"""Answers the first question for a film's rates 503."""

REFRESH = """
    const [id, times, done] = arguments;
    const [real, wait] = [window.fetch, window.setTimeout];
    let asked = 0;
    window.fetch = (url, options) => {
      asked += url === `/movies/${id}` ? 1 : 0;
      return real(url, options);
    };
    window.setTimeout = (run, milliseconds) => wait(run, milliseconds / 50);
    import('/page/film.js')
      .then(({ refresh }) => Promise.all(Array.from({ length: times }, () => refresh(id))))
      .then(() => done(asked));
"""
"""Lets the card of a film that does not change be refreshed some times at once; how often the film
is asked for until the last of these has ended."""

IMPATIENT = """
    const real = AbortSignal.timeout;
    AbortSignal.timeout = (milliseconds) => real.call(AbortSignal, milliseconds / 10);
"""
"""Waits for an answer a tenth as long."""

HOLD_SEARCH = """
    const real = window.fetch;
    window.answered = 0;
    window.fetch = async (url, options) => {
      if (window.release || !url.includes('/search?')) return real(url, options);
      const body = await (await real(url)).json();
      await new Promise((done) => { window.release = done; });
      window.answered += 1;
      return Response.json(body);
    };
"""
"""Holds the first answer to a beginning until ``release`` is called, even if none waits for it."""

CHART = """
    const [distribution, done] = arguments;
    import('/page/chart.js').then(({ chart }) => {
      document.getElementById('film').hidden = false;
      const drawn = chart(distribution);
      document.getElementById('chart').replaceChildren(drawn);
      const box = (each) => {
        const { left, right, top, bottom } = each.getBoundingClientRect();
        return { text: each.textContent, left, right, top, bottom };
      };
      done([box(drawn), ...[...drawn.querySelectorAll('text')].map(box)]);
    });
"""
"""Draws the chart of some counts; where it is, and where each of its texts is."""

NO_STORAGE = """
    Object.defineProperty(window, 'sessionStorage', {
      get() { throw new DOMException('Access is denied for this document.', 'SecurityError'); },
    });
"""
"""Denies the page its storage, as a browser does that blocks all cookies."""
