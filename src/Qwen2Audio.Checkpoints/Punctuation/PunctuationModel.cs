namespace Qwen2Audio.Checkpoints.Punctuation;

/// <summary>
/// The probability of a mark after each word, and of a capital in each word that may have one: log-linear in features that share a table by their hashes (Weinberger et al. 2009). Weights are whole numbers of
/// steps, so that sums are exact. Immutable, so that threads may share it.
/// </summary>
public sealed class PunctuationModel
{
    /// <summary>Marks that have weights; the score of <see cref="Mark.None"/> is 0.</summary>
    public const int Marks = 3;

    /// <summary>Weights are −this to this, in steps.</summary>
    public const int MostSteps = 31;

    /// <summary>ln odds of one step of <see cref="Usual"/> and <see cref="Pauses"/>.</summary>
    public const double FineStep = 0.25;

    /// <summary>Lower bounds in seconds of the kinds of pauses between words.</summary>
    public static readonly IReadOnlyList<double> PauseKinds = [double.NegativeInfinity, 0.08, 0.16, 0.25, 0.4, 0.6, 1];

    /// <summary>Wraps weights.</summary>
    /// <param name="forms">Words that may have capitals.</param>
    /// <param name="usual">For each of them ln odds of its written form, in fine steps.</param>
    /// <param name="places">Weights of features for each of the <see cref="Marks"/>.</param>
    /// <param name="capitals">Weights of features for a capital.</param>
    /// <param name="pauses">For each of <see cref="PauseKinds"/> and of the marks what it adds to the mark's score, in fine steps.</param>
    /// <param name="step">ln odds of one step of the features' weights.</param>
    public PunctuationModel(WordForms forms, sbyte[] usual, sbyte[] places, sbyte[] capitals, sbyte[] pauses, float step)
    {
        ArgumentNullException.ThrowIfNull(forms);
        ArgumentNullException.ThrowIfNull(usual);
        ArgumentNullException.ThrowIfNull(places);
        ArgumentNullException.ThrowIfNull(capitals);
        ArgumentNullException.ThrowIfNull(pauses);
        if (usual.Length != forms.Lines.Count || places.Length == 0 || places.Length % Marks != 0 || capitals.Length == 0 || pauses.Length != PauseKinds.Count * Marks)
            throw new ArgumentException($"{usual.Length} words of {forms.Lines.Count}, {places.Length}, {capitals.Length} and {pauses.Length} weights; allowed: all words, a multiple of {Marks}, at least 1, and {PauseKinds.Count * Marks}.", nameof(places));
        (Forms, Usual, Places, Capitals, Pauses, Step) = (forms, usual, places, capitals, pauses, step);
    }

    /// <summary>Words that may have capitals.</summary>
    public WordForms Forms { get; }

    /// <summary>For each of them ln odds of its written form, in fine steps.</summary>
    public IReadOnlyList<sbyte> Usual { get; }

    /// <summary>For each of <see cref="PauseKinds"/> and of the marks what it adds to the mark's score, in fine steps.</summary>
    public IReadOnlyList<sbyte> Pauses { get; }

    /// <summary>ln odds of one step.</summary>
    public float Step { get; }

    internal sbyte[] Places { get; }

    internal sbyte[] Capitals { get; }

    /// <summary>Adds the weights of features, in steps, to the sums of the marks.</summary>
    internal void AddPlace(ReadOnlySpan<ulong> features, Span<int> sums)
    {
        var rows = Places.Length / Marks;
        foreach (var feature in features)
        {
            var at = PunctuationFeatures.Row(feature, rows) * Marks;
            sums[0] += Places[at];
            sums[1] += Places[at + 1];
            sums[2] += Places[at + 2];
        }
    }

    /// <summary>The kind of a pause.</summary>
    public static int KindOf(double seconds)
    {
        var kind = PauseKinds.Count - 1;
        while (kind > 0 && !(seconds >= PauseKinds[kind])) kind--;
        return kind;
    }

    /// <summary>What a pause adds to the score of a mark.</summary>
    internal double PauseScore(double seconds, int mark) => Pauses[(KindOf(seconds) * Marks) + mark] * FineStep;

    /// <summary>ln odds of the written form of a word of the list.</summary>
    internal double CapitalScore(int index, ReadOnlySpan<ulong> features)
    {
        var sum = 0;
        foreach (var feature in features) sum += Capitals[PunctuationFeatures.Row(feature, Capitals.Length)];
        return (Usual[index] * FineStep) + (sum * (double)Step);
    }
}
