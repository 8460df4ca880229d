;; hostile_import_module: imports from a module that the server doesn't offer.
(module
  (import "env" "abort" (func (param i32 i32 i32 i32)))
  (func (export "run"))
)
