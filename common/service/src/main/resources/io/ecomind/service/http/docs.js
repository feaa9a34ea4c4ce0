// Relative addresses, so that the page also works behind a path prefix.
SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  // The validator's badge would send this document to another server.
  validatorUrl: null,
});
