// A certified OpenID Connect provider in memory, where everybody who comes is Alice and agrees at once.
// Told what to do by lines on standard input: "rotate" (new keys), "deny", "agree"; it ends with its input.
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import Provider, { interactionPolicy } from "oidc-provider";

const { redirect_uri, secret } = JSON.parse(process.argv[2]);
const alice = { name: "Alice", email: "alice@mail.example", email_verified: true };
const server = createServer((request, response) => answer(request, response));
let answer;
let denies = false;

const key = (kind, options, alg) => {
  const jwk = generateKeyPairSync(kind, options).privateKey.export({ format: "jwk" });
  return { ...jwk, alg, use: "sig", kid: randomBytes(8).toString("hex") };
};
const client = (client_id, token_endpoint_auth_method, id_token_signed_response_alg) =>
  ({ client_id, client_secret: secret, redirect_uris: [redirect_uri], token_endpoint_auth_method, id_token_signed_response_alg });

function begin(issuer) {
  const policy = interactionPolicy.base();
  policy.add(new interactionPolicy.Prompt({ name: "select_account", requestable: true }), 0);
  const provider = new Provider(issuer, {
    clients: [client("basic", "client_secret_basic", "RS256"), client("post", "client_secret_post", "ES256")],
    jwks: { keys: [key("rsa", { modulusLength: 2048 }, "RS256"), key("ec", { namedCurve: "P-256" }, "ES256")] },
    claims: { openid: ["sub"], profile: ["name"], email: ["email", "email_verified"] },
    cookies: { keys: [randomBytes(32).toString("hex")] },
    features: { devInteractions: { enabled: false } },
    pkce: { required: () => true },
    interactions: { policy, url: (_context, { uid }) => "/interaction/" + uid },
    ttl: { AccessToken: 60, AuthorizationCode: 60, Grant: 600, IdToken: 60, Interaction: 60, Session: 600 },
    findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ sub, ...alice }) }),
    async loadExistingGrant(context) {
      const { client, session, params } = context.oidc;
      const grant = new context.oidc.provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope(params.scope);
      await grant.save();
      return grant;
    },
  });
  const further = provider.callback();
  return async (request, response) => {
    if (!request.url.startsWith("/interaction/")) return further(request, response);
    const { prompt } = await provider.interactionDetails(request, response);
    const result = denies ? { error: "access_denied" } : { [prompt.name]: {}, login: { accountId: "alice" } };
    await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  };
}

server.listen(0, "127.0.0.1", () => {
  const issuer = "http://127.0.0.1:" + server.address().port;
  const say = (word) => process.stdout.write(word + "\n");
  const orders = { rotate: () => (answer = begin(issuer)), deny: () => (denies = true), agree: () => (denies = false) };
  createInterface({ input: process.stdin }).on("line", (order) => say((orders[order](), order))).on("close", () => process.exit());
  orders.rotate();
  say(issuer);
});
