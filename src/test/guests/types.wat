;; types: typed values of every kind, in both directions, without any import.
;;
;;   id_i32, id_i64, id_f32, id_f64          give back their argument
;;   none()                                  takes nothing, gives nothing
;;   swap(i32, i64) -> (i64, i32)            several results
;;   reverse(i32, i64, f32, f64) -> (f64, f32, i64, i32)
;;   divide(i64, i64) -> (i64, i64)          quotient and remainder; traps on zero
;;   sum(i32 x 12) -> i64                    many parameters
;;   extremes() -> (i32, i32, i64, i64)      least and greatest, signed
;;   oddities() -> (f32, f32, f64, f64, f64) infinity, a NaN with a payload, -0, a subnormal, NaN
;;   bits_f32(f32) -> i32, bits_f64(f64) -> i64   the bits, to tell NaNs and zeros apart
;;   digits() -> (i32 x 16)                  many results: 0 to 15
(module
  (func (export "id_i32") (param i32) (result i32) (local.get 0))
  (func (export "id_i64") (param i64) (result i64) (local.get 0))
  (func (export "id_f32") (param f32) (result f32) (local.get 0))
  (func (export "id_f64") (param f64) (result f64) (local.get 0))
  (func (export "none"))
  (func (export "swap") (param i32 i64) (result i64 i32) (local.get 1) (local.get 0))
  (func (export "reverse") (param i32 i64 f32 f64) (result f64 f32 i64 i32)
    (local.get 3) (local.get 2) (local.get 1) (local.get 0))
  (func (export "divide") (param i64 i64) (result i64 i64)
    (i64.div_s (local.get 0) (local.get 1))
    (i64.rem_s (local.get 0) (local.get 1)))
  (func (export "sum") (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i64)
    (i64.add (i64.extend_i32_s (local.get 0)) (i64.extend_i32_s (local.get 1)))
    (i64.add (i64.extend_i32_s (local.get 2)))
    (i64.add (i64.extend_i32_s (local.get 3)))
    (i64.add (i64.extend_i32_s (local.get 4)))
    (i64.add (i64.extend_i32_s (local.get 5)))
    (i64.add (i64.extend_i32_s (local.get 6)))
    (i64.add (i64.extend_i32_s (local.get 7)))
    (i64.add (i64.extend_i32_s (local.get 8)))
    (i64.add (i64.extend_i32_s (local.get 9)))
    (i64.add (i64.extend_i32_s (local.get 10)))
    (i64.add (i64.extend_i32_s (local.get 11))))
  (func (export "extremes") (result i32 i32 i64 i64)
    (i32.const 0x80000000) (i32.const 0x7fffffff)
    (i64.const 0x8000000000000000) (i64.const 0x7fffffffffffffff))
  (func (export "oddities") (result f32 f32 f64 f64 f64)
    (f32.const inf) (f32.const nan:0x200001)
    (f64.const -0) (f64.const 0x1p-1074) (f64.const nan))
  (func (export "bits_f32") (param f32) (result i32) (i32.reinterpret_f32 (local.get 0)))
  (func (export "bits_f64") (param f64) (result i64) (i64.reinterpret_f64 (local.get 0)))
  (func (export "digits")
    (result i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)
    (i32.const 0) (i32.const 1) (i32.const 2) (i32.const 3)
    (i32.const 4) (i32.const 5) (i32.const 6) (i32.const 7)
    (i32.const 8) (i32.const 9) (i32.const 10) (i32.const 11)
    (i32.const 12) (i32.const 13) (i32.const 14) (i32.const 15))
)
