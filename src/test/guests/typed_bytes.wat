;; typed_bytes: typed values and bytes in one call, both ways.
;;
;;   scale(factor: i32) -> i64    output: each byte of the input (the first 1,024) times the factor,
;;                                modulo 256; the result is the sum of the input's bytes
(module
  (import "mooring" "input_read" (func $input_read (param i32 i32 i32) (result i32)))
  (import "mooring" "output_write" (func $output_write (param i32 i32)))
  (memory (export "memory") 1)
  (func (export "scale") (param $factor i32) (result i64)
    (local $length i32) (local $at i32) (local $sum i64)
    (local.set $length (call $input_read (i32.const 0) (i32.const 0) (i32.const 1024)))
    (block $done
      (loop $bytes
        (br_if $done (i32.eq (local.get $at) (local.get $length)))
        (local.set $sum (i64.add (local.get $sum) (i64.load8_u (local.get $at))))
        (i32.store8 (local.get $at)
          (i32.mul (i32.load8_u (local.get $at)) (local.get $factor)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $bytes)))
    (call $output_write (i32.const 0) (local.get $length))
    (local.get $sum))
)
