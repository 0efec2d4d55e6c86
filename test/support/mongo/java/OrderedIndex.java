import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.backend.KeyValue;
import de.bwaldvogel.mongo.backend.Missing;
import de.bwaldvogel.mongo.backend.Utils;
import de.bwaldvogel.mongo.bson.Decimal128;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.exception.DuplicateKeyError;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;

/** An index in the order of its keys, then of the positions. What it is asked, the collection locks. */
final class OrderedIndex extends Index<Long> {
    /** A place in the index: values of its first fields, and a position. A prefix stands before or after all it begins. */
    static final class Key {
        final Object[] values;
        final long position;
        /** Where a key that ends early stands among those that it begins: -1 before, 1 after. */
        final int side;

        Key(Object[] values, long position, int side) {
            this.values = values;
            this.position = position;
            this.side = side;
        }
    }

    private final String[] fields;
    private final int[] directions;
    private final boolean unique;
    final NavigableSet<Key> keys;
    /** Set once a document was added that the order says nothing of. */
    private boolean unordered;

    OrderedIndex(String name, List<IndexKey> indexKeys, boolean sparse, boolean unique) {
        super(name, indexKeys, sparse);
        this.unique = unique;
        this.fields = keys().toArray(new String[0]);
        this.directions = indexKeys.stream().mapToInt(each -> each.isAscending() ? 1 : -1).toArray();
        this.keys = new TreeSet<>(comparator(0));
    }

    /** The order of keys that agree in the first fields. */
    Comparator<Key> comparator(int from) {
        return (left, right) -> {
            int shared = Math.min(left.values.length, right.values.length);
            for (int i = from; i < shared; i++) {
                int order = Values.ORDER.compare(left.values[i], right.values[i]);
                if (order != 0) {
                    return order * directions[i];
                }
            }
            if (left.values.length != right.values.length) {
                return left.values.length < right.values.length ? left.side : -right.side;
            }
            return left.side != right.side ? Integer.compare(left.side, right.side)
                : Long.compare(left.position, right.position);
        };
    }

    String[] fields() {
        return fields;
    }

    int[] directions() {
        return directions;
    }

    boolean canServe() {
        return !unordered && !isSparse();
    }

    private boolean isLeftOut(Document document) {
        return isSparse() && Arrays.stream(fields).noneMatch(document::containsKey);
    }

    /** The keys of a document: one, unless there is an array in a field. */
    private List<Object[]> valuesOf(Document document) {
        Object[] values = Arrays.stream(fields).map(field -> read(document, field)).toArray();
        if (Arrays.stream(values).noneMatch(Collection.class::isInstance)) {
            return List.<Object[]>of(values);
        }
        List<Object[]> all = new ArrayList<>();
        for (KeyValue each : getKeyValues(document)) {
            all.add(each.stream().toArray());
        }
        return all;
    }

    private static Object read(Document document, String field) {
        if (!field.contains(".")) {
            return document.get(field);
        }
        Object value = Utils.getSubdocumentValueCollectionAware(document, field);
        return Missing.isNullOrMissing(value) ? null : value;
    }

    /** Arrays have no one place in the order, and the library compares decimals in two ways. */
    private boolean isUnordered(Document document) {
        return Arrays.stream(fields)
            .map(field -> read(document, field))
            .anyMatch(value -> value instanceof Collection || value instanceof Decimal128);
    }

    private Long find(Object[] values) {
        Key found = keys.ceiling(new Key(values, Long.MIN_VALUE, 0));
        boolean isSame = found != null && Arrays.compare(found.values, values, Values.ORDER) == 0;
        return isSame ? Long.valueOf(found.position) : null;
    }

    boolean hasSameKeys(OrderedIndex other) {
        return Arrays.equals(fields, other.fields) && Arrays.equals(directions, other.directions);
    }

    @Override
    public boolean hasSameOptions(Index<?> other) {
        return super.hasSameOptions(other) && unique == other.isUnique() && hasSameKeys((OrderedIndex) other);
    }

    @Override
    public Long getPosition(Document document) {
        if (!unique || isLeftOut(document)) {
            return null;
        }
        for (Object[] values : valuesOf(document)) {
            Long position = find(values);
            if (position != null) {
                return position;
            }
        }
        return null;
    }

    @Override
    public void checkAdd(Document document, MongoCollection<Long> collection) {
        check(document, null, collection);
    }

    @Override
    public void checkUpdate(Document before, Document after, MongoCollection<Long> collection) {
        check(after, before, collection);
    }

    private void check(Document document, Document before, MongoCollection<Long> collection) {
        if (getName().equals("_id_")) {
            Sizes.check(document, before != null);
        }
        if (!unique || isLeftOut(document)) {
            return;
        }
        for (Object[] values : valuesOf(document)) {
            Long holder = find(values);
            if (holder != null && (before == null || !holder.equals(getPosition(before)))) {
                throw new DuplicateKeyError(this, collection, getKeys(), new KeyValue(values));
            }
        }
    }

    @Override
    public void add(Document document, Long position, MongoCollection<Long> collection) {
        if (isLeftOut(document)) {
            return;
        }
        unordered |= isUnordered(document);
        for (Object[] values : valuesOf(document)) {
            keys.add(new Key(values, position, 0));
        }
    }

    void remove(Document document, Long position) {
        for (Object[] values : valuesOf(document)) {
            keys.remove(new Key(values, position, 0));
        }
    }

    @Override
    public void updateInPlace(Document before, Document after, Long position, MongoCollection<Long> collection) {
        remove(before, position);
        add(after, position, collection);
    }

    @Override
    public Long remove(Document document) {
        throw new UnsupportedOperationException("The collection removes by position");
    }

    @Override
    public boolean canHandle(Document query) {
        return false;
    }

    @Override
    public Iterable<Long> getPositions(Document query) {
        throw new UnsupportedOperationException("The collection plans its queries");
    }

    @Override
    public long getCount() {
        return keys.size();
    }

    @Override
    public long getDataSize() {
        return keys.size();
    }

    @Override
    public boolean isUnique() {
        return unique;
    }

    @Override
    public void drop() {
        keys.clear();
    }
}
