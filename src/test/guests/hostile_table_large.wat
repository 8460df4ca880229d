;; hostile_table_large: starts with a table of 5,000,000 entries, which the engine would take.
(module
  (table 5000000 funcref)
  (func (export "run"))
)
