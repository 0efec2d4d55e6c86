import de.bwaldvogel.mongo.backend.Missing;
import de.bwaldvogel.mongo.backend.ValueComparator;
import de.bwaldvogel.mongo.bson.Decimal128;
import java.util.Comparator;

/** The order of values in an index: MongoDB's, as far as the library knows it. */
final class Values {
    static final Comparator<Object> ORDER = Values::compare;

    private Values() {
    }

    private static int compare(Object left, Object right) {
        if (left instanceof String && right instanceof String) {
            return ((String) left).compareTo((String) right);
        }
        if (isPlainNumber(left) && isPlainNumber(right)) {
            return compareNumbers((Number) left, (Number) right);
        }
        return ValueComparator.asc().compare(Missing.isNullOrMissing(left) ? null : left,
            Missing.isNullOrMissing(right) ? null : right);
    }

    private static boolean isPlainNumber(Object value) {
        return value instanceof Number && !(value instanceof Decimal128);
    }

    /** Exact also beyond 2^53, where the library's own order is not one. */
    private static int compareNumbers(Number left, Number right) {
        // Zero is added because -0.0 equals 0.0 here.
        int order = Double.compare(left.doubleValue() + 0.0, right.doubleValue() + 0.0);
        return order != 0 ? order : Long.compare(left.longValue(), right.longValue());
    }
}
