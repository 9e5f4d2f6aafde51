// In a file of its own: the page's Content-Security-Policy allows no script in the page itself.
SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#api",
  deepLinking: true,
  validatorUrl: null,
  persistAuthorization: true,
});
