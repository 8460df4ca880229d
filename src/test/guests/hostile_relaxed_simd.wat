;; hostile_relaxed_simd: uses relaxed vectors.
;; build: --enable-relaxed-simd
(module
  (func (export "run")
    (drop (i32x4.relaxed_trunc_f32x4_s (v128.const f32x4 1 2 3 4))))
)
