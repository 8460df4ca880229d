;; spin_counted: nested counted loops, each of which a compiler may take for finite: 2^96 rounds.
;;
;;   spin()               never returns
;;   inc() -> i64, get() -> i64   a counter; `spin` adds one to it before it spins
(module
  (global $counter (mut i64) (i64.const 0))
  (func $inc (export "inc") (result i64)
    (global.set $counter (i64.add (global.get $counter) (i64.const 1)))
    (global.get $counter))
  (func (export "get") (result i64) (global.get $counter))
  (func (export "spin") (local $i i32) (local $j i32) (local $k i32) (local $sum i32)
    (drop (call $inc))
    (loop $outer
      (loop $middle
        (loop $inner
          (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 31)) (local.get $k)))
          (br_if $inner (local.tee $k (i32.add (local.get $k) (i32.const 1)))))
        (br_if $middle (local.tee $j (i32.add (local.get $j) (i32.const 1)))))
      (br_if $outer (local.tee $i (i32.add (local.get $i) (i32.const 1)))))
    (global.set $counter (i64.extend_i32_u (local.get $sum))))
)
