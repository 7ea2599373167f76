"""HTTP itself: middleware, routing, authentication, problem details, parameters, text and bodies as they enter."""
