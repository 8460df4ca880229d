;; many_tables: two tables that grow.
;;
;;   grow_first(entries: i32) -> i32    table.grow: the old size, or -1
;;   grow_second(entries: i32) -> i32
(module
  (table $first 1 funcref)
  (table $second 1 funcref)
  (func (export "grow_first") (param i32) (result i32)
    (table.grow $first (ref.null func) (local.get 0)))
  (func (export "grow_second") (param i32) (result i32)
    (table.grow $second (ref.null func) (local.get 0)))
)
