;; hostile_invalid_call: calls a function that doesn't exist.
;; build: --no-check
(module
  (func (export "run") (call 1000))
)
