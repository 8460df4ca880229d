;; hostile_import_global: wants a global from outside.
(module
  (import "mooring" "depth" (global i32))
  (func (export "run"))
)
