;; hostile_duplicate_export: exports two functions under one name.
;; build: --no-check
(module
  (func (export "run"))
  (func (export "run"))
)
