;; types_reference: exports that clients can't call, because references don't travel, beside one
;; that they can.
;;
;;   plain() -> i32                    42
;;   id_extern(externref) -> externref, id_func(funcref) -> funcref, a_func() -> funcref
(module
  (func $plain (export "plain") (result i32) (i32.const 42))
  (func (export "id_extern") (param externref) (result externref) (local.get 0))
  (func (export "id_func") (param funcref) (result funcref) (local.get 0))
  (func (export "a_func") (result funcref) (ref.func $plain))
)
