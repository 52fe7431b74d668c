using Qwen2Audio.Checkpoints.Punctuation;
using Qwen2Audio.Training.Data;

namespace Qwen2Audio.Training.Punctuation;

/// <summary>
/// Learns the weights of a <see cref="PunctuationModel"/> by gradient steps, one place at a time, as passages come in an order that mixes the text. A passage is cut into texts of a few sentences, so that
/// beginnings and ends of texts are learnt, too.
/// </summary>
public static class PunctuationTrainer
{
    private const int MostSentences = 4; // of a text
    private const int RowsPerKilobyte = 1280; // at 1.6 bits a weight, with room for the words
    private const int CapitalsPerKilobyte = 768;
    private const float FinestStep = 1 / 16f;
    private const float CoarsestStep = 4;
    private const double Negligible = 0.004; // error of a probability that changes nothing

    /// <summary>Trains a model.</summary>
    /// <param name="corpus">The text.</param>
    /// <param name="options">Size and training.</param>
    /// <param name="progress">Receives the done part, 0…1.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <exception cref="ArgumentException">The text is empty, or the words alone are larger than the size.</exception>
    public static PunctuationModel Train(PunctuatedCorpus corpus, PunctuationOptions options, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        ArgumentNullException.ThrowIfNull(options);
        if (corpus.Passages == 0) throw new ArgumentException("The text has no passage with capitals and marks.", nameof(corpus));
        var kilobytes = (int)Math.Clamp(options.MaxBytes >> 10, 1, 1 << 16);
        var (forms, odds) = corpus.Forms(options.LeastCapitals);
        var run = new Run(corpus, forms, odds, new SparseWeights(kilobytes * RowsPerKilobyte, PunctuationModel.Marks, options.LearningRate, options.LeastOccurrences), new SparseWeights(kilobytes * CapitalsPerKilobyte, 1, options.LearningRate, options.LeastOccurrences));
        var stride = Coprime(corpus.Passages);
        var steps = (long)corpus.Passages * options.Epochs;
        for (var step = 0L; step < steps; step++)
        {
            if (step % 1024 == 0)
            {
                cancellation.ThrowIfCancellationRequested();
                progress?.Report((double)step / steps);
            }

            run.Learn((int)(step * stride % corpus.Passages), (ulong)step);
        }

        return Round(run, options.MaxBytes);
    }

    /// <summary>Rounds the weights as coarsely as the size demands.</summary>
    private static PunctuationModel Round(Run run, long maxBytes)
    {
        var (fine, coarse) = (FinestStep, CoarsestStep);
        if (Size(Rounded(run, fine)) <= maxBytes) return Rounded(run, fine);
        if (Size(Rounded(run, coarse)) is var least && least > maxBytes) throw new ArgumentException($"The words take {least} bytes; allowed: a larger size than {maxBytes} bytes, or fewer words with capitals.", nameof(maxBytes));
        while (coarse / fine > 1.01f)
        {
            var middle = MathF.Sqrt(fine * coarse);
            if (Size(Rounded(run, middle)) <= maxBytes) coarse = middle;
            else fine = middle;
        }

        return Rounded(run, coarse);

        static long Size(PunctuationModel model) => PunctuationFile.ToBytes(model).LongLength;
    }

    private static PunctuationModel Rounded(Run run, float step) =>
        new(run.Forms, [.. run.Odds.Select(odds => Steps(odds / PunctuationModel.FineStep))], run.Places.Rounded(weight => Steps(weight / step)), run.Capitals.Rounded(weight => Steps(weight / step)),
            run.Pauses, step);

    private static sbyte Steps(double value) => (sbyte)Math.Clamp(Math.Round(value), -PunctuationModel.MostSteps, PunctuationModel.MostSteps);

    /// <summary>A stride by which all passages are visited once before one is again.</summary>
    private static long Coprime(int count)
    {
        var stride = (long)(count * 0.618) | 1;
        while (Divisor(stride, count) != 1) stride += 2;
        return stride;

        static long Divisor(long a, long b) => b == 0 ? a : Divisor(b, a % b);
    }

    private sealed class Run(PunctuatedCorpus corpus, WordForms forms, double[] odds, SparseWeights places, SparseWeights capitals)
    {
        private readonly int[] _forms = [.. corpus.Distinct.Select(forms.IndexOf)]; // of each word
        private readonly ulong[] _features = new ulong[PunctuationFeatures.Near + PunctuationFeatures.Since];
        private readonly ulong[] _capital = new ulong[PunctuationFeatures.Capital];
        private readonly double[] _scores = new double[PunctuationModel.Marks + 1];

        public WordForms Forms => forms;

        public double[] Odds => odds;

        public sbyte[] Pauses { get; } = corpus.Pauses.Steps();

        public SparseWeights Places => places;

        public SparseWeights Capitals => capitals;

        public void Learn(int passage, ulong draw)
        {
            var ids = corpus.Passage(passage);
            var marks = corpus.Marks(passage);
            var written = corpus.Capitals(passage);
            var words = new PunctuationWord[ids.Length];
            for (var i = 0; i < words.Length; i++) words[i] = corpus.Seen[ids[i]];
            var random = new CounterRandom(1, draw);
            for (var first = 0; first < ids.Length;)
            {
                var (end, sentences) = (first, random.Between(1, MostSentences));
                while (end < ids.Length && sentences > 0)
                    if (IsEnd(marks[end++])) sentences--;
                Text(words.AsSpan(first..end), ids[first..end], marks[first..end], written[first..end]);
                first = end;
            }
        }

        private void Text(ReadOnlySpan<PunctuationWord> words, ReadOnlySpan<int> ids, ReadOnlySpan<byte> marks, ReadOnlySpan<sbyte> written)
        {
            var (sentence, clause) = (0, 0);
            for (var at = 0; at < words.Length; at++)
            {
                if (at > 0 && written[at] >= 0 && _forms[ids[at]] is >= 0 and var form) Capital(words, ids, at, form, marks[at - 1] != (byte)Mark.None, written[at]);
                if (marks[at] != PunctuatedCorpus.NoMark) Place(words, at, sentence, clause, marks[at]);
                if (IsEnd(marks[at])) sentence = at + 1;
                if (marks[at] != (byte)Mark.None) clause = at + 1;
            }
        }

        private void Place(ReadOnlySpan<PunctuationWord> words, int at, int sentence, int clause, byte mark)
        {
            var isLast = at == words.Length - 1;
            if (isLast && !IsEnd(mark)) return;
            PunctuationFeatures.OfPlace(words, at, _features.AsSpan(0, PunctuationFeatures.Near));
            PunctuationFeatures.OfHistory(words, at, sentence, clause, _features.AsSpan(PunctuationFeatures.Near));
            _scores[0] = 0;
            places.Scores(_features, _scores.AsSpan(1));
            var first = isLast ? (int)Mark.FullStop : 0; // a text ends with one of these
            var (most, sum, wrong) = (double.NegativeInfinity, 0.0, 0.0);
            for (var i = first; i < _scores.Length; i++) most = Math.Max(most, _scores[i]);
            for (var i = first; i < _scores.Length; i++) sum += _scores[i] = Math.Exp(_scores[i] - most);
            for (var i = 0; i < _scores.Length; i++)
            {
                _scores[i] = (i < first ? 0 : _scores[i] / sum) - (i == mark ? 1 : 0);
                wrong = Math.Max(wrong, Math.Abs(_scores[i]));
            }

            if (wrong > Negligible) places.Change(_features, _scores.AsSpan(1));
        }

        private void Capital(ReadOnlySpan<PunctuationWord> words, ReadOnlySpan<int> ids, int at, int form, bool afterMark, int written)
        {
            PunctuationFeatures.OfCapital(words, at, afterMark, IsUsual(ids[at - 1]), at + 1 < ids.Length && IsUsual(ids[at + 1]), _capital);
            Span<double> score = stackalloc double[1];
            capitals.Scores(_capital, score);
            score[0] = 1 / (1 + Math.Exp(-score[0] - odds[form])) - written;
            if (Math.Abs(score[0]) > Negligible) capitals.Change(_capital, score);
        }

        private bool IsUsual(int word) => _forms[word] is >= 0 and var form && odds[form] > 0;

        private static bool IsEnd(byte mark) => mark is (byte)Mark.FullStop or (byte)Mark.QuestionMark;
    }
}
