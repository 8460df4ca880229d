;; spin_grow: a loop of memory.grow and table.grow that fail, or grow by nothing.
;;
;;   spin()               never returns
;;   inc() -> i64, get() -> i64   a counter; `spin` adds one to it before it spins
(module
  (global $counter (mut i64) (i64.const 0))
  (memory (export "memory") 1 2)
  (table $table 1 2 funcref)
  (func $inc (export "inc") (result i64)
    (global.set $counter (i64.add (global.get $counter) (i64.const 1)))
    (global.get $counter))
  (func (export "get") (result i64) (global.get $counter))
  (func (export "spin")
    (drop (call $inc))
    (loop $again
      (drop (memory.grow (i32.const 0)))
      (drop (memory.grow (i32.const 60000)))
      (drop (table.grow $table (ref.null func) (i32.const 0)))
      (br $again)))
)
