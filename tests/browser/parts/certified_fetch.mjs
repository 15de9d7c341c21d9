// `fetch` with a client certificate: Node's own takes none without a further package.

import https from "node:https";

/** For `customFetch` of client libraries: `tls` has `ca`, and `cert` and `key` where a certificate is shown. */
export function certifiedFetch(tls) {
  const agent = new https.Agent(tls);
  return (url, { method, headers, body, signal }) => {
    if (new URL(url).protocol === "http:") return fetch(url, { method, headers, body, signal });
    return new Promise((resolve, reject) => {
      const options = { agent, method, signal, headers: Object.fromEntries(new Headers(headers)) };
      const request = https.request(url, options, (answer) => {
        const parts = [];
        answer.on("error", reject).on("data", (part) => parts.push(part)).on("end", () => {
          const { statusCode: status, headers } = answer;
          resolve(new Response(Buffer.concat(parts), { status, headers: Object.entries(headers) }));
        });
      });
      request.on("error", reject).end(body?.toString());
    });
  };
}
