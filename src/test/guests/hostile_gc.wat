;; hostile_gc: has struct types.
;; build: --enable-gc --enable-function-references
(module
  (type $point (struct (field $x i32) (field $y (mut i32))))
  (func (export "run"))
)
