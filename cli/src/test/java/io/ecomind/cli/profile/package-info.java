@NullMarked
package io.ecomind.cli.profile;

import org.jspecify.annotations.NullMarked;
