;; hostile_import_memory: wants its memory from outside.
(module
  (import "mooring" "memory" (memory 1))
  (func (export "run"))
)
