using Qwen2Audio.Model.Ops;
using Qwen2Audio.Training.Losses;

namespace Qwen2Audio.Training.LanguageModel;

/// <summary>
/// A micro-batch for next-token prediction: documents concatenated without padding, and the rows that predict a label. Row r
/// predicts the token of row r + 1 of the same document.
/// </summary>
internal sealed class TokenBatch
{
    private TokenBatch(int[] ids, Layout documents, int[] labelRows, int[] labels, float[] weights, int[] labelStarts)
    {
        (Ids, Documents, LabelRows, Labels, Weights, LabelStarts) = (ids, documents, labelRows, labels, weights, labelStarts);
        foreach (var weight in weights) Weight += weight;
    }

    /// <summary>The tokens of all documents, concatenated.</summary>
    public int[] Ids { get; }

    /// <summary>Layout of the documents.</summary>
    public Layout Documents { get; }

    /// <summary>Rows that predict a label, ascending.</summary>
    public int[] LabelRows { get; }

    /// <summary>The label of each of <see cref="LabelRows"/>.</summary>
    public int[] Labels { get; }

    /// <summary>The weight of each label.</summary>
    public float[] Weights { get; }

    /// <summary>Index of each document's first label, followed by the number of labels: documents + 1 values.</summary>
    public int[] LabelStarts { get; }

    /// <summary>The clips of all documents in the order of their placeholders: mono, 16 kHz. The two answers of a pair share clip objects.</summary>
    public IReadOnlyList<float[]> Clips { get; private init; } = [];

    /// <summary>Number of placeholders of each clip.</summary>
    public IReadOnlyList<int> ClipRows { get; private init; } = [];

    /// <summary>Σ of the weights.</summary>
    public double Weight { get; }

    /// <summary>Packs documents; a label's weight is its own weight times that of its group.</summary>
    public static TokenBatch Pack(IReadOnlyList<TokenDocument> documents, IReadOnlyList<TokenGroup>? groups = null)
    {
        var ids = new List<int>();
        var (rows, labels, weights) = (new List<int>(), new List<int>(), new List<float>());
        var lengths = new int[documents.Count];
        var starts = new int[documents.Count + 1];
        for (var d = 0; d < lengths.Length; d++)
        {
            var document = documents[d];
            for (var i = 1; i < document.Ids.Length; i++)
            {
                if (document.Labels[i] == CrossEntropyLoss.LeftOut) continue;
                rows.Add(ids.Count + i - 1);
                labels.Add(document.Labels[i]);
                weights.Add((document.Weights?[i] ?? 1) * GroupWeight(groups, document.Labels[i]));
            }

            ids.AddRange(document.Ids);
            lengths[d] = document.Ids.Length;
            starts[d + 1] = rows.Count;
        }

        return new TokenBatch([.. ids], Layout.Of(lengths), [.. rows], [.. labels], [.. weights], starts)
        {
            Clips = [.. documents.SelectMany(document => document.Clips)],
            ClipRows = [.. documents.SelectMany(document => document.ClipRows)],
        };
    }

    private static float GroupWeight(IReadOnlyList<TokenGroup>? groups, int id)
    {
        for (var i = 0; i < (groups?.Count ?? 0); i++)
            if (groups![i].Has(id)) return groups[i].Weight;
        return 1;
    }
}
