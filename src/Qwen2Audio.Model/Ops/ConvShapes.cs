namespace Qwen2Audio.Model.Ops;

/// <summary>Checks that a convolution's kernel, groups and channels match, for all operator sets.</summary>
public static class ConvShapes
{
    /// <exception cref="ArgumentException">The kernel is not [out, in / groups, kernel], or the groups do not divide both numbers of channels.</exception>
    public static void Check(int channels, IWeight kernel, in ConvSpec spec)
    {
        if (spec.Groups < 1 || channels % spec.Groups != 0 || kernel.Shape[0] % spec.Groups != 0)
        {
            throw new ArgumentException(
                $"{kernel.Name}: {spec.Groups} groups do not divide {channels} channels in and {kernel.Shape[0]} out.");
        }

        if (spec.Chunk > 0 && (spec.Stride != 1 || spec.Mode != PadMode.Zeros || spec.PadLeft + spec.PadRight != spec.Span - 1))
            throw new ArgumentException($"{kernel.Name}: {spec} has chunks; allowed with stride 1, padding by zeros and as many rows out as in.");
        Require(kernel, kernel.Shape[0], channels / spec.Groups, spec.Kernel);
    }

    /// <exception cref="ArgumentException">The kernel is not [in, out / groups, kernel], or the groups do not divide the input channels.</exception>
    public static void Check(int channels, IWeight kernel, in TransposedConvSpec spec)
    {
        if (spec.Groups < 1 || channels % spec.Groups != 0)
            throw new ArgumentException($"{kernel.Name}: {spec.Groups} groups do not divide {channels} input channels.");
        Require(kernel, channels, kernel.Shape.Count > 1 ? kernel.Shape[1] : 0, spec.Kernel);
    }

    private static void Require(IWeight kernel, int first, int second, int third)
    {
        if (kernel.Shape.Count != 3 || kernel.Shape[0] != first || kernel.Shape[1] != second || kernel.Shape[2] != third)
            throw new ArgumentException($"{kernel.Name} is [{string.Join(", ", kernel.Shape)}]; [{first}, {second}, {third}] is needed.");
    }
}
