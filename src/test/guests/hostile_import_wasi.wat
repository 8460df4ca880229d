;; hostile_import_wasi: imports a function that WASI preview 1 doesn't have.
(module
  (import "wasi_snapshot_preview1" "path_hack" (func (param i32) (result i32)))
  (func (export "run"))
)
