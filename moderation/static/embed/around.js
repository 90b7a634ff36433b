// <comment-count> and <recent-comments>: what stands around the posts of a blog.

export const ENGLISH = {
  counted: { one: "One comment", other: "{count} comments" },
  none: "No comments yet",
  on: "{name} on {title}",
};

const CSS = `:host{display:block}ol{list-style:none;margin:0;padding:0}li{padding-block:.4em}a{color:inherit}small{display:block;opacity:.75}`;
const MOST = 200;

// Counts are asked for together: once for all tags of a site that came at the same moment.
const asked = new Map();
function countOf(site, page, { api, query }) {
  if (!asked.has(site)) asked.set(site, { pages: new Set(), come: new Promise((resolve) => setTimeout(resolve)).then(async () => {
    const pages = [...asked.get(site).pages];
    asked.delete(site);
    const counts = {};
    for (let start = 0; start < pages.length; start += MOST) {
      const wanted = [["site", site], ...pages.slice(start, start + MOST).map((key) => ["page", key])];
      Object.assign(counts, (await api("/api/v1/counts" + query(wanted))).counts);
    }
    return counts;
  }) });
  const { pages, come } = asked.get(site);
  pages.add(page);
  return come.then((counts) => counts[page]);
}

export async function count(host, _, words, tools) {
  words.learn(ENGLISH);
  const [page] = tools.pageOf(host);
  const number = await countOf(host.getAttribute("site"), page, tools);
  host.textContent = host.hasAttribute("number") ? words.number.format(number) : words.t(number ? "counted" : "none", { count: number });
}

export async function recent(host, shadow, words, { api, el, sheet, query }) {
  words.learn(ENGLISH);
  const { comments } = await api("/api/v1/recent" + query({ site: host.getAttribute("site"), limit: host.getAttribute("limit") || 10 }));
  const item = ({ id, author, page, created_at: moment }) => el("li", { part: "item" },
    words.say("on", { name: el("bdi", { part: "author" }, author.name), title: el("a", { part: "title", href: page.url + "#comment-" + id }, el("bdi", null, page.title || page.key)) }),
    el("small", { part: "time" }, words.moment(words.tick(el("time", { datetime: moment }, " ")))));
  shadow.replaceChildren();
  shadow.adoptedStyleSheets = [];
  sheet(shadow, CSS);
  shadow.append(el("ol", { part: "list", lang: words.locale, dir: words.words.direction }, comments.length ? comments.map(item) : el("li", null, words.t("none"))));
}
