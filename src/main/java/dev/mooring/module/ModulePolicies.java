package dev.mooring.module;

import java.util.Map;

/**
 * What holds for single modules, and for all others.
 *
 * @param byName by the modules' names
 */
record ModulePolicies(ModulePolicy others, Map<String, ModulePolicy> byName) {
  ModulePolicies {
    byName = Map.copyOf(byName);
  }

  ModulePolicy of(String name) {
    return byName.getOrDefault(name, others);
  }
}
