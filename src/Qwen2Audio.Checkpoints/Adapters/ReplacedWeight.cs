namespace Qwen2Audio.Checkpoints.Adapters;

/// <summary>A weight that an adapter replaces: a module of modules_to_save, a bias, or an embedding that was saved with it.</summary>
/// <param name="Holder">The model's weight that it replaces.</param>
/// <param name="Tensor">Its name in the adapter's file.</param>
/// <param name="Uses">The uses that it replaces: a tied embedding is looked up and multiplied.</param>
public sealed record ReplacedWeight(string Holder, string Tensor, WeightUses Uses = WeightUses.All);

/// <summary>What a weight is used for.</summary>
[Flags]
public enum WeightUses
{
    /// <summary>Products, biases, norms: everything except looking up rows.</summary>
    Products = 1,

    /// <summary>Looking up rows.</summary>
    Rows = 2,

    /// <summary>Everything.</summary>
    All = Products | Rows,
}
