namespace Qwen2Audio.Training.Upcycling;

/// <summary>
/// Maps each neuron of a layer's experts to a neuron of the dense layer: copies of the dense layer, each with its neurons permuted, are concatenated
/// and divided into experts of equal width (Qwen2 report, arXiv 2407.10671, section 2.2.2). An expert may span two copies.
/// </summary>
internal sealed class NeuronAssignment
{
    private readonly int _width;
    private readonly int _denseWidth;
    private readonly IReadOnlyList<int[]> _permutations;

    /// <summary>A plan from permutations of the dense neurons, one permutation per copy.</summary>
    /// <exception cref="ArgumentException">The number of permutations differs from the number of copies, or an array is not a permutation.</exception>
    public NeuronAssignment(int experts, int width, int denseWidth, IReadOnlyList<int[]> permutations)
    {
        (Experts, _width, _denseWidth, _permutations) = (experts, width, denseWidth, permutations);
        if (permutations.Count != Copies(experts, width, denseWidth))
            throw new ArgumentException($"{permutations.Count} permutations for {Copies(experts, width, denseWidth)} copies.", nameof(permutations));
        foreach (var permutation in permutations)
        {
            if (!permutation.Order().SequenceEqual(Enumerable.Range(0, denseWidth)))
                throw new ArgumentException($"A permutation does not contain each of the {denseWidth} neurons once.", nameof(permutations));
        }
    }

    /// <summary>Number of experts.</summary>
    public int Experts { get; }

    /// <summary>⌈n · h_E / h_FFN⌉: number of copies of the dense layer.</summary>
    public static int Copies(int experts, int width, int denseWidth) => checked((int)(((long)experts * width + denseWidth - 1) / denseWidth));

    /// <summary>Number of neurons of the copies that no expert uses.</summary>
    public static long Discarded(int experts, int width, int denseWidth) =>
        (long)Copies(experts, width, denseWidth) * denseWidth - (long)experts * width;

    /// <summary>The dense neurons of an expert, in the expert's order.</summary>
    public int[] Neurons(int expert)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)expert, (uint)Experts, nameof(expert));
        var neurons = new int[_width];
        for (var i = 0; i < neurons.Length; i++)
        {
            var place = (long)expert * _width + i;
            neurons[i] = _permutations[(int)(place / _denseWidth)][place % _denseWidth];
        }

        return neurons;
    }
}
