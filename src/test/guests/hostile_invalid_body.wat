;; hostile_invalid_body: has a body that doesn't validate: an i64 where an i32 is due.
;; build: --no-check
(module
  (func (export "run") (result i32) (i64.const 1))
)
