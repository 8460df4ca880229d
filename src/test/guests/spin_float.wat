;; spin_float: a loop over floating point that never converges.
;;
;;   spin()               never returns
;;   inc() -> i64, get() -> i64   a counter; `spin` adds one to it before it spins
(module
  (global $counter (mut i64) (i64.const 0))
  (func $inc (export "inc") (result i64)
    (global.set $counter (i64.add (global.get $counter) (i64.const 1)))
    (global.get $counter))
  (func (export "get") (result i64) (global.get $counter))
  (func (export "spin") (local $x f64)
    (drop (call $inc))
    (local.set $x (f64.const 0.5))
    (loop $again
      (local.set $x  ;; the logistic map: chaotic, and never above 1
        (f64.mul (f64.const 3.99) (f64.mul (local.get $x) (f64.sub (f64.const 1) (local.get $x)))))
      (br_if $again (f64.lt (local.get $x) (f64.const 2)))))
)
