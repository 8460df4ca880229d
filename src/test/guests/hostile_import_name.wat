;; hostile_import_name: imports a function that `mooring` doesn't have.
(module
  (import "mooring" "format_disk" (func))
  (func (export "run"))
)
