;; hostile_table_huge: starts with a table of a billion entries.
(module
  (table 1000000000 funcref)
  (func (export "run"))
)
