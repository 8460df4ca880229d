;; hostile_import_type: imports a function of `mooring` with a wrong type.
(module
  (import "mooring" "input_len" (func (result i64)))
  (func (export "run"))
)
