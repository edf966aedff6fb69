// Puts the parts of the page together.

import { hear, refresh } from './film.js';
import * as rating from './rating.js';
import * as search from './search.js';
import * as top10 from './top10.js';

rating.start(refresh);
search.start();
top10.start(search.choose, hear);
