namespace Qwen2Audio.Formats;

/// <summary>A tensor that a model needs: its name and exact shape; any of F32, F16, BF16, F64 when no types are named.</summary>
public sealed record ExpectedTensor(string Name, IReadOnlyList<long> Shape, IReadOnlyList<DType>? Types = null);

/// <summary>Compares what a checkpoint holds with what a model needs, and lists every difference at once.</summary>
public static class TensorCheck
{
    private static readonly DType[] Floats = [DType.F32, DType.F16, DType.BF16, DType.F64];

    /// <summary>Requires every expected tensor, and no other but those that <paramref name="mayBeExtra"/> accepts.</summary>
    /// <exception cref="CheckpointException">Tensors are missing, extra, of another shape or of another number type.</exception>
    public static void Require(ITensorSource source, IEnumerable<ExpectedTensor> expected, Predicate<string>? mayBeExtra = null)
    {
        var problems = new ProblemList();
        var wanted = new HashSet<string>(StringComparer.Ordinal);
        foreach (var tensor in expected)
        {
            wanted.Add(tensor.Name);
            Compare(source, tensor, problems);
        }
        foreach (var name in source.Tensors.Keys)
            if (!wanted.Contains(name) && mayBeExtra?.Invoke(name) is not true)
                problems.Add(Place(source, name), "a tensor that the model does not have", $"the {wanted.Count} that it has");
        if (problems.Count > 0) throw new CheckpointException(source.Path, problems);
    }

    /// <summary>A tensor for messages, with its file where the source has several or is a folder.</summary>
    internal static string Place(ITensorSource source, string name) => source is CheckpointFolder folder ? folder.Place(name) : $"tensor {Display.Quote(name)}";

    private static void Compare(ITensorSource source, ExpectedTensor expected, ProblemList problems)
    {
        var place = Place(source, expected.Name);
        long[] shape = [.. expected.Shape];
        if (!source.Tensors.TryGetValue(expected.Name, out var found))
        {
            problems.Add(place, "nothing", $"shape {Display.Shape(shape)}");
            return;
        }
        if (!found.HasShape(shape))
        {
            long[] given = [.. found.Shape];
            var hint = given.Length == 2 && given.AsSpan().SequenceEqual([.. shape.Reverse()]) ? " (transposed)" : "";
            problems.Add($"{place}, shape", Display.Shape(given) + hint, Display.Shape(shape));
        }
        var types = expected.Types ?? Floats;
        if (!types.Contains(found.DType)) problems.Add($"{place}, dtype", found.DType.Name(), string.Join(", ", types.Select(type => type.Name())));
    }
}
