using Qwen2Audio.Training.LanguageModel;

namespace Qwen2Audio.Golden.Tests;

/// <summary>A recorded batch [rows, columns] without its padding: documents, and the position of each of their tokens.</summary>
internal sealed record RecordedBatch(IReadOnlyList<TokenDocument> Documents, int[] Places)
{
    /// <summary>
    /// Tensors "<paramref name="prefix"/>input_ids" and so on; with leading axes, <paramref name="batch"/> says which batch. A tensor
    /// "document" cuts each row in documents; "attention_mask" 0 is padding.
    /// </summary>
    public static RecordedBatch Read(ITensorSource source, string prefix = "", int batch = 0)
    {
        var shape = source.Tensors[prefix + "input_ids"].Shape;
        var (rows, columns) = ((int)shape[^2], (int)shape[^1]);
        long[]? Numbers(string name) => !source.Tensors.ContainsKey(prefix + name) ? null
            : source.ReadInt64s(prefix + name).AsSpan(batch * rows * columns, rows * columns).ToArray();
        var (ids, labels) = (Numbers("input_ids")!, Numbers("labels")!);
        var (mask, document, positions) = (Numbers("attention_mask"), Numbers("document"), Numbers("position_ids"));
        var documents = new List<TokenDocument>();
        var places = new List<int>();
        for (var r = 0; r < rows; r++)
        {
            for (var c = 0; c < columns;)
            {
                var end = c;
                while (end < columns && Of(document, end) == Of(document, c) && Of(mask, end, 1) == Of(mask, c, 1)) end++;
                if (Of(mask, c, 1) == 1)
                {
                    if (positions is not null) Assert.Equal(Enumerable.Range(0, end - c).Select(i => (long)i), positions[(r * columns + c)..(r * columns + end)]);
                    var range = (r * columns + c)..(r * columns + end);
                    documents.Add(new TokenDocument([.. ids[range].Select(id => (int)id)], [.. labels[range].Select(id => (int)id)]));
                    places.AddRange(Enumerable.Range(r * columns + c, end - c));
                }

                c = end;
            }

            long Of(long[]? numbers, int column, long missing = 0) => numbers is null ? missing : numbers[r * columns + column];
        }

        return new RecordedBatch(documents, [.. places]);
    }
}
