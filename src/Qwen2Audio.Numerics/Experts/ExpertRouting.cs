using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Numerics.Experts;

/// <summary>
/// Which experts each row goes to, and the rows in the order of their experts. Reused from call to call: its lists only grow.
/// "Entry" below is one (row, choice) pair; the grouped list has rows·k of them, expert by expert, rows in ascending order within an expert.
/// </summary>
public sealed unsafe class ExpertRouting
{
    private int[] _chosen = [];
    private float[] _weights = [];
    private float[] _chosenSums = [];
    private int[] _starts = [];
    private int[] _sourceRows = [];
    private int[] _sourceChoices = [];
    private int[] _places = [];

    /// <summary>Rows of the last routing.</summary>
    public int Rows { get; private set; }

    /// <summary>Experts per row.</summary>
    public int ChoicesPerRow { get; private set; }

    /// <summary>Number of experts.</summary>
    public int Experts { get; private set; }

    /// <summary>rows·k expert numbers: each row's by descending probability, ties by lower number first.</summary>
    public ReadOnlySpan<int> Chosen => _chosen.AsSpan(0, Entries);

    /// <summary>rows·k: the weight of each choice, after normalisation if requested.</summary>
    public ReadOnlySpan<float> Weights => _weights.AsSpan(0, Entries);

    /// <summary>experts + 1: where each expert's entries begin in the grouped lists.</summary>
    public ReadOnlySpan<int> Starts => _starts.AsSpan(0, Experts == 0 ? 0 : Experts + 1);

    /// <summary>rows·k, grouped: the row of each entry.</summary>
    public ReadOnlySpan<int> SourceRows => _sourceRows.AsSpan(0, Entries);

    /// <summary>rows·k, grouped: the index of each entry in <see cref="Chosen"/> and <see cref="Weights"/>.</summary>
    public ReadOnlySpan<int> SourceChoices => _sourceChoices.AsSpan(0, Entries);

    /// <summary>rows·k: for each (row, choice), its number in the grouped lists.</summary>
    public ReadOnlySpan<int> Places => _places.AsSpan(0, Entries);

    internal int Entries => Rows * ChoicesPerRow;

    /// <summary>Routes every row to its <paramref name="k"/> most probable experts.</summary>
    /// <param name="routerLogits">[rows, experts].</param>
    /// <param name="k">Experts per row.</param>
    /// <param name="normaliseTopK">Divide the chosen probabilities by their sum.</param>
    /// <param name="probabilities">[rows, experts], out: the softmax of the logits.</param>
    /// <exception cref="ArgumentException">The shapes do not match or k is not in 1…experts.</exception>
    public void Route(WorkerPool pool, Matrix routerLogits, int k, bool normaliseTopK, Matrix probabilities)
    {
        ArgumentNullException.ThrowIfNull(pool);
        if (routerLogits.Rows != probabilities.Rows || routerLogits.Columns != probabilities.Columns)
        {
            throw new ArgumentException($"Logits {routerLogits.Rows} × {routerLogits.Columns} and probabilities " +
                $"{probabilities.Rows} × {probabilities.Columns} differ in shape.");
        }

        if (k < 1 || k > routerLogits.Columns)
            throw new ArgumentException($"{k} experts per row; allowed: 1…{routerLogits.Columns}.");
        (Rows, Experts, ChoicesPerRow) = (routerLogits.Rows, routerLogits.Columns, k);
        Grow(ref _chosen, Entries);
        Grow(ref _weights, Entries);
        Grow(ref _chosenSums, Rows);
        Grow(ref _starts, Experts + 1);
        Grow(ref _sourceRows, Entries);
        Grow(ref _sourceChoices, Entries);
        Grow(ref _places, Entries);
        fixed (int* chosen = _chosen)
        fixed (float* weights = _weights, sums = _chosenSums)
        {
            var choice = new ExpertChoice(routerLogits, probabilities, k, normaliseTopK, chosen, weights, sums);
            pool.Run(ExpertChoice.Items(Rows), &ExpertChoice.ChooseRows, &choice);
        }

        Group();
    }

    /// <summary>
    /// Adds the gradient of the logits: through the weights (the division, if normalised) and the softmax over all experts.
    /// </summary>
    /// <param name="probabilities">[rows, experts] as written by <see cref="Route"/>.</param>
    /// <param name="dweights">[rows, k]: gradient of <see cref="Weights"/>.</param>
    /// <param name="normaliseTopK">As given to <see cref="Route"/>.</param>
    /// <param name="drouterLogits">[rows, experts], added to.</param>
    /// <exception cref="ArgumentException">The shapes do not match the last routing.</exception>
    public void Backward(WorkerPool pool, Matrix probabilities, Matrix dweights, bool normaliseTopK, Matrix drouterLogits)
    {
        ArgumentNullException.ThrowIfNull(pool);
        Expect(probabilities, Rows, Experts, "Probabilities");
        Expect(dweights, Rows, ChoicesPerRow, "Weight gradients");
        Expect(drouterLogits, Rows, Experts, "Logit gradients");
        fixed (int* chosen = _chosen)
        fixed (float* weights = _weights, sums = _chosenSums)
        {
            var choice = new ExpertChoice(drouterLogits, probabilities, ChoicesPerRow, normaliseTopK, chosen, weights, sums)
            {
                WeightGradients = dweights,
            };
            pool.Run(ExpertChoice.Items(Rows), &ExpertChoice.DifferentiateRows, &choice);
        }
    }

    internal static void Expect(Matrix matrix, int rows, int columns, string what)
    {
        if (matrix.Rows != rows || matrix.Columns != columns)
            throw new ArgumentException($"{what} are {matrix.Rows} × {matrix.Columns}; {rows} × {columns} are needed.");
    }

    private static void Grow<T>(ref T[] list, int length)
    {
        if (list.Length < length) list = new T[length];
    }

    private void Group()
    {
        var starts = _starts.AsSpan(0, Experts + 1);
        starts.Clear();
        foreach (var expert in Chosen) starts[expert + 1]++;
        for (var e = 0; e < Experts; e++) starts[e + 1] += starts[e];
        for (var i = 0; i < Entries; i++)
        {
            var place = starts[_chosen[i]]++; // ends as the next expert's start; shifted back below
            _places[i] = place;
            _sourceRows[place] = i / ChoicesPerRow;
            _sourceChoices[place] = i;
        }

        for (var e = Experts; e > 0; e--) starts[e] = starts[e - 1];
        starts[0] = 0;
    }
}
