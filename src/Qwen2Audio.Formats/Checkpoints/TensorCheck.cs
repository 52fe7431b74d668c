using Qwen2Audio.Formats.Safetensors;

namespace Qwen2Audio.Formats.Checkpoints;

/// <summary>A tensor that a model needs: its name and exact shape; any floating-point type when none is named.</summary>
public sealed record ExpectedTensor(string Name, IReadOnlyList<long> Shape, IReadOnlyList<DType>? Types = null);

/// <summary>Compares a checkpoint's tensors with those that a model needs, and lists every difference.</summary>
public static class TensorCheck
{
    private static readonly DType[] Floats = [DType.F32, DType.F16, DType.BF16, DType.F64];

    /// <summary>Requires every expected tensor, and no others except those that <paramref name="mayBeExtra"/> accepts.</summary>
    /// <param name="source">The tensors present.</param>
    /// <param name="expected">The tensors required.</param>
    /// <param name="mayBeExtra">Accepts names of unused tensors.</param>
    /// <param name="extra">What an unused tensor is, and what is allowed, for the message; null: one that the model does not have.</param>
    /// <exception cref="CheckpointException">Tensors are missing, extra, of another shape or of another number type.</exception>
    public static void Require(ITensorSource source, IEnumerable<ExpectedTensor> expected, Predicate<string>? mayBeExtra = null, (string Found, string Allowed)? extra = null)
    {
        var problems = new ProblemList();
        var wanted = new HashSet<string>(StringComparer.Ordinal);
        var missing = new List<ExpectedTensor>();
        foreach (var tensor in expected)
        {
            wanted.Add(tensor.Name);
            if (!source.Tensors.ContainsKey(tensor.Name)) missing.Add(tensor);
            else Compare(source, tensor, problems);
        }

        List<string> others = [.. source.Tensors.Keys.Where(name => !wanted.Contains(name) && mayBeExtra?.Invoke(name) is not true)];
        var prefix = PrefixDifference.Find([.. missing.Select(tensor => tensor.Name)], others);
        if (prefix is not null)
        {
            problems.Add($"names of {prefix.Count} tensors", $"{Display.Quote(prefix.Example)}{(prefix.Count > 1 ? " and others" : "")}, which {Begin(prefix.Found)}", $"names that {Begin(prefix.Wanted)}");
            missing.RemoveAll(tensor => prefix.ExplainsMissing(tensor.Name, source.Tensors.ContainsKey));
            others.RemoveAll(name => prefix.ExplainsExtra(name, wanted.Contains));
        }

        foreach (var tensor in missing) problems.Add(source.Place(tensor.Name), "nothing", $"shape {Display.Shape([.. tensor.Shape])}");
        foreach (var name in others)
            problems.Add(source.Place(name), extra?.Found ?? "a tensor that the model does not have", extra?.Allowed ?? $"its {wanted.Count} tensors");
        if (problems.Count > 0) throw new CheckpointException(source.Path, problems);
    }

    private static string Begin(string prefix) => prefix.Length == 0 ? "have no prefix" : $"begin with {Display.Quote(prefix)}";

    private static void Compare(ITensorSource source, ExpectedTensor expected, ProblemList problems)
    {
        var place = source.Place(expected.Name);
        long[] shape = [.. expected.Shape];
        var found = source.Tensors[expected.Name];
        if (!found.HasShape(shape))
        {
            long[] given = [.. found.Shape];
            var hint = given.Length == 2 && given.AsSpan().SequenceEqual([.. shape.Reverse()]) ? " (transposed)" : "";
            problems.Add($"{place}, shape", Display.Shape(given) + hint, Display.Shape(shape));
        }
        var types = expected.Types ?? Floats;
        if (!(expected.Types?.Contains(found.DType) ?? found.DType.IsFloat())) problems.Add($"{place}, dtype", found.DType.Name(), string.Join(", ", types.Select(type => type.Name())));
    }
}
