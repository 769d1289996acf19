// Starts Portkey's gateway on the port of its argument. It adds headers to the very response that
// fetch returned, which newer releases of Node forbid: it gets a copy.
const fetched = globalThis.fetch;
globalThis.fetch = async (...request) => {
  const response = await fetched(...request);
  const { status, statusText, headers } = response;
  return new Response(response.body, { status, statusText, headers: new Headers(headers) });
};
await import('./node_modules/@portkey-ai/gateway/build/start-server.js');
