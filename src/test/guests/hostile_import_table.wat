;; hostile_import_table: wants its table from outside.
(module
  (import "mooring" "table" (table 1 funcref))
  (func (export "run"))
)
