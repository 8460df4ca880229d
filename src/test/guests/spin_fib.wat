;; spin_fib: no loop at all: a recursion of bounded depth and unbounded time.
;;
;;   spin()               never returns
;;   inc() -> i64, get() -> i64   a counter; `spin` adds one to it before it spins
(module
  (global $counter (mut i64) (i64.const 0))
  (func $fib (param i32) (result i64)
    (if (result i64) (i32.lt_u (local.get 0) (i32.const 2))
      (then (i64.extend_i32_u (local.get 0)))
      (else
        (i64.add
          (call $fib (i32.sub (local.get 0) (i32.const 1)))
          (call $fib (i32.sub (local.get 0) (i32.const 2)))))))
  (func $inc (export "inc") (result i64)
    (global.set $counter (i64.add (global.get $counter) (i64.const 1)))
    (global.get $counter))
  (func (export "get") (result i64) (global.get $counter))
  (func (export "spin")
    (drop (call $inc))
    (drop (call $fib (i32.const 100))))
)
