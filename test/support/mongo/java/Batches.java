import de.bwaldvogel.mongo.backend.AbstractCursor;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.BsonConstants;
import java.util.List;

/** What a query found, handed out in answers of at most 16 MiB. */
final class Batches extends AbstractCursor {
    private List<Document> rest;

    Batches(long id, List<Document> found) {
        super(id);
        this.rest = found;
    }

    @Override
    public synchronized boolean isEmpty() {
        return rest.isEmpty();
    }

    @Override
    public synchronized List<Document> takeDocuments(int most) {
        int taken = 0;
        int bytes = 0;
        while (taken < rest.size() && taken < most && bytes <= BsonConstants.MAX_BSON_OBJECT_SIZE) {
            bytes += Sizes.bound(rest.get(taken));
            if (taken == 0 || bytes <= BsonConstants.MAX_BSON_OBJECT_SIZE) {
                taken++;
            }
        }
        List<Document> batch = rest.subList(0, taken);
        rest = rest.subList(taken, rest.size());
        return batch;
    }
}
