using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Memory;

namespace Qwen2Audio.Inference.Whisper;

/// <summary>
/// Token times from cross-attention heads that follow the audio: their probabilities over the window's rows are normalised
/// over the tokens, smoothed over time, averaged over the heads and aligned by dynamic time warping (openai/whisper <c>timing.py</c>).
/// </summary>
public static class WhisperAlignment
{
    private const int MedianWidth = 7;

    /// <summary>
    /// The start of each token of <paramref name="text"/>, and the end of the last one, in seconds within the window. The session has
    /// encoded the window, of which <paramref name="audioRows"/> encoder rows are audio; its text so far is discarded.
    /// </summary>
    /// <param name="session">A session of one clip.</param>
    /// <param name="tokens">The control tokens.</param>
    /// <param name="prefix">The prefix of the text, without timestamps.</param>
    /// <param name="text">Text tokens, without timestamps.</param>
    /// <param name="heads">The heads; when empty, all heads of the upper half of the layers.</param>
    /// <param name="audioRows">Rows of 20 ms.</param>
    public static double[] TokenStarts(
        WhisperSession session, WhisperTokens tokens, IReadOnlyList<int> prefix, IReadOnlyList<int> text,
        IReadOnlyList<(int Layer, int Head)> heads, int audioRows)
    {
        if (text.Count == 0 || audioRows < 1) return new double[text.Count + 1];
        var probe = new HeadProbe(session.Layers, session.Heads, heads, audioRows, prefix.Count - 1, text.Count + 1);
        session.Restart();
        session.Show([.. prefix, .. text, tokens.End], probe);
        var (rows, columns) = (text.Count + 1, probe.Columns);
        var cost = new double[rows * columns];
        for (var i = 0; i < cost.Length; i++) cost[i] = -probe.Sum[i] / probe.Seen;
        return [.. DynamicTimeWarping.FirstColumns(cost, rows, columns).Select(column => column * WhisperTokens.SecondsPerTimestamp)];
    }

    /// <summary>Sums the normalised attention of the chosen heads over the rows that predict the text and its end.</summary>
    private sealed class HeadProbe : IProbe
    {
        private readonly Dictionary<string, SortedSet<int>> _heads = new(StringComparer.Ordinal); // by site of the layer
        private readonly int _headCount;
        private readonly int _audioRows;
        private readonly int _first;
        private readonly int _count;

        public HeadProbe(int layers, int headCount, IReadOnlyList<(int Layer, int Head)> heads, int audioRows, int first, int count)
        {
            (_headCount, _audioRows, _first, _count) = (headCount, audioRows, first, count);
            foreach (var (layer, head) in heads) Of(layer).Add(head);
            for (var layer = layers / 2; heads.Count == 0 && layer < layers; layer++) Of(layer).UnionWith(Enumerable.Range(0, headCount));

            SortedSet<int> Of(int layer)
            {
                var name = $"decoder.{layer}.cross.probabilities";
                return _heads.TryGetValue(name, out var known) ? known : _heads[name] = [];
            }
        }

        public double[] Sum { get; private set; } = [];

        public int Columns { get; private set; }

        public int Seen { get; private set; }

        public bool Wants(Site site) => _heads.ContainsKey(site.Name);

        public bool Visit(Site site, Matrix value)
        {
            Columns = Math.Min(_audioRows, value.Columns);
            if (Sum.Length == 0) Sum = new double[_count * Columns];
            var rows = value.Rows / _headCount;
            foreach (var head in _heads[site.Name])
            {
                Add(value.RowRange(head * rows, rows), rows);
                Seen++;
            }

            return false;
        }

        private void Add(Matrix probabilities, int rows)
        {
            var weights = new double[rows * Columns];
            for (var row = 0; row < rows; row++)
            {
                // The softmax over the window's own rows alone.
                var numbers = probabilities.Row(row)[..Columns];
                var sum = 0.0;
                foreach (var p in numbers) sum += p;
                for (var j = 0; j < Columns; j++) weights[row * Columns + j] = sum > 0 ? numbers[j] / sum : 1.0 / Columns;
            }

            for (var j = 0; j < Columns; j++)
            {
                double sum = 0, squares = 0;
                for (var row = 0; row < rows; row++) sum += weights[row * Columns + j];
                var mean = sum / rows;
                for (var row = 0; row < rows; row++) squares += Math.Pow(weights[row * Columns + j] - mean, 2);
                var deviation = Math.Sqrt(squares / rows);
                for (var row = 0; row < rows; row++)
                    weights[row * Columns + j] = deviation > 0 ? (weights[row * Columns + j] - mean) / deviation : 0;
            }

            for (var i = 0; i < _count; i++)
            {
                var smoothed = weights.AsSpan((_first + i) * Columns, Columns);
                DynamicTimeWarping.Median(smoothed, MedianWidth);
                for (var j = 0; j < Columns; j++) Sum[i * Columns + j] += smoothed[j];
            }
        }
    }
}
