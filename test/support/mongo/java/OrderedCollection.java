import de.bwaldvogel.mongo.MongoDatabase;
import de.bwaldvogel.mongo.backend.AbstractSynchronizedMongoCollection;
import de.bwaldvogel.mongo.backend.ArrayFilters;
import de.bwaldvogel.mongo.backend.CollectionOptions;
import de.bwaldvogel.mongo.backend.CursorRegistry;
import de.bwaldvogel.mongo.backend.DocumentWithPosition;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.QueryResult;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.exception.MongoServerError;
import de.bwaldvogel.mongo.oplog.Oplog;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.h2.mvstore.MVMap;

/**
 * A collection that serves queries from ordered indexes. A document that is in it is never changed: an update puts a
 * new one in its place, so that readers see a document before or after an update and never between.
 */
final class OrderedCollection extends AbstractSynchronizedMongoCollection<Long> {
    private static final int READING = -1;

    private final MVMap<Long, Document> rows;
    private long nextPosition;
    /** How many documents the update under way may change (0: all of them), or READING. */
    private int updateLimit = READING;
    private int examined;

    OrderedCollection(MongoDatabase database, String name, CollectionOptions options, MVMap<Long, Document> rows,
                      CursorRegistry cursors) {
        super(database, name, options, cursors);
        this.rows = rows;
        this.nextPosition = rows.isEmpty() ? 0 : rows.lastKey() + 1;
    }

    private List<OrderedIndex> orderedIndexes() {
        return getIndexes().stream().map(OrderedIndex.class::cast).collect(Collectors.toList());
    }

    private Plan plan(Document query, Document orderBy) {
        Document order = orderBy == null ? new Document() : orderBy;
        return order.containsKey("$natural") ? null : Plan.best(orderedIndexes(), query, order);
    }

    @Override
    protected QueryResult queryDocuments(Document query, Document orderBy, int skip, int limit, int batchSize, Document fields) {
        Plan plan = plan(query, orderBy);
        Stream<Document> candidates = plan == null ? scan(orderBy) : stream(plan.positions()).map(rows::get);
        return matchDocumentsFromStream(query, candidates.peek(each -> examined++), skip,
            updateLimit == READING ? limit : updateLimit, batchSize,
            plan != null && plan.isSorted ? null : deriveComparator(orderBy), fields);
    }

    private static Stream<Long> stream(Iterator<Long> positions) {
        Iterable<Long> once = () -> positions;
        return StreamSupport.stream(once.spliterator(), false);
    }

    private Stream<Document> scan(Document orderBy) {
        return isNaturalDescending(orderBy) ? stream(rows.keyIteratorReverse(null)).map(rows::get) : rows.values().stream();
    }

    @Override
    protected QueryResult matchDocuments(Document query, Document orderBy, int skip, int limit, int batchSize, Document fields) {
        throw new UnsupportedOperationException("queryDocuments does it");
    }

    @Override
    protected QueryResult createQueryResult(List<Document> found, int batchSize) {
        if (updateLimit != READING) {
            return new QueryResult(found.stream().map(Document::clone).collect(Collectors.toList()));
        }
        if (batchSize <= 0) {
            return new QueryResult(found);
        }
        Batches batches = new Batches(cursorRegistry.generateCursorId(), found);
        List<Document> first = batches.takeDocuments(batchSize);
        if (batches.isEmpty()) {
            return new QueryResult(first);
        }
        cursorRegistry.add(batches);
        return new QueryResult(first, batches);
    }

    /** MongoDB's words for how a query is answered, as far as they say whether an index serves it. */
    synchronized Document explain(Document find) {
        Document query = (Document) find.getOrDefault("filter", new Document());
        Document orderBy = (Document) find.getOrDefault("sort", new Document());
        int skip = ((Number) find.getOrDefault("skip", 0)).intValue();
        int limit = Math.abs(((Number) find.getOrDefault("limit", 0)).intValue());
        Plan plan = plan(query, orderBy);
        Document stage = plan == null ? new Document("stage", "COLLSCAN") : new Document("stage", "FETCH").append("inputStage",
            new Document("stage", "IXSCAN").append("indexName", plan.index.getName())
                .append("keyPattern", plan.index.toIndexDescription().get("key")));
        if (!orderBy.isEmpty() && !orderBy.containsKey("$natural") && (plan == null || !plan.isSorted)) {
            stage = new Document("stage", "SORT").append("sortPattern", orderBy).append("inputStage", stage);
        }
        examined = 0;
        int returned = queryDocuments(query, orderBy, skip, limit, 0, null).collectDocuments().size();
        return new Document("queryPlanner", new Document("namespace", getFullName()).append("winningPlan", stage))
            .append("executionStats", new Document("executionSuccess", true).append("nReturned", returned)
                .append("totalKeysExamined", plan == null ? 0 : examined).append("totalDocsExamined", examined))
            .append("ok", 1.0);
    }

    @Override
    public synchronized Document updateDocuments(Document selector, Document update, ArrayFilters filters, boolean isMulti,
                                                 boolean isUpsert, Oplog oplog) {
        return updating(isMulti ? 0 : 1,
            () -> super.updateDocuments(selector, update, filters, isMulti, isUpsert, oplog));
    }

    @Override
    public synchronized Document findAndModify(Document query) {
        return updating(1, () -> super.findAndModify(query));
    }

    private Document updating(int limit, Supplier<Document> update) {
        updateLimit = limit;
        try {
            return update.get();
        } finally {
            updateLimit = READING;
        }
    }

    @Override
    public synchronized void addIndex(Index<Long> index) {
        for (OrderedIndex existing : orderedIndexes()) {
            if (existing.hasSameKeys((OrderedIndex) index) && !existing.getName().equals(index.getName())) {
                throw new MongoServerError(85, "IndexOptionsConflict",
                    "Index already exists with a different name: " + existing.getName());
            }
        }
        super.addIndex(index);
    }

    @Override
    public synchronized void dropIndex(String name) {
        super.dropIndex(name);
    }

    @Override
    public synchronized int count(Document query, int skip, int limit) {
        return super.count(query, skip, limit);
    }

    @Override
    public synchronized int count() {
        return rows.size();
    }

    @Override
    protected Long addDocumentInternal(Document document) {
        Long position = nextPosition++;
        rows.put(position, document);
        return position;
    }

    @Override
    protected void handleUpdate(Long position, Document before, Document after) {
        rows.put(position, after);
    }

    @Override
    public synchronized void removeDocument(Document document) {
        Long position = orderedIndexes().stream()
            .map(index -> index.getPosition(document))
            .filter(Objects::nonNull)
            .findFirst()
            .orElseGet(() -> findDocumentPosition(document));
        if (position == null) {
            return;
        }
        for (OrderedIndex index : orderedIndexes()) {
            index.remove(document, position);
        }
        removeDocument(position);
    }

    @Override
    protected void removeDocument(Long position) {
        rows.remove(position);
    }

    @Override
    protected Document getDocument(Long position) {
        return rows.get(position);
    }

    @Override
    protected Stream<DocumentWithPosition<Long>> streamAllDocumentsWithPosition() {
        return rows.entrySet().stream().map(each -> new DocumentWithPosition<>(each.getValue(), each.getKey()));
    }

    @Override
    protected boolean tracksDataSize() {
        return false;
    }

    @Override
    protected void updateDataSize(int change) {
        throw new UnsupportedOperationException("No size is kept");
    }

    @Override
    protected int getDataSize() {
        return rows.values().stream().mapToInt(Sizes::bound).sum();
    }
}
