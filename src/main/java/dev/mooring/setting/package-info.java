/**
 * What is wrong with a setting, in a form from which whoever reads settings can say it by the names
 * that they have there.
 *
 * <p>Not for settings themselves: each belongs to the package that goes by it.
 *
 * <p>Knows no other package. Any thread.
 */
@NullMarked
package dev.mooring.setting;

import org.jspecify.annotations.NullMarked;
