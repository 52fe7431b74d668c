namespace Qwen2Audio.Checkpoints.Adapters;

/// <summary>A weight that an adapter brings as a whole: a module of modules_to_save, a bias, or an embedding that was saved with it.</summary>
/// <param name="Holder">The weight of the model whose place it takes.</param>
/// <param name="Tensor">Its name in the adapter's file.</param>
/// <param name="Uses">Where it takes that place: a tied embedding is looked up and multiplied.</param>
public sealed record WholeWeight(string Holder, string Tensor, WeightUses Uses = WeightUses.All);

/// <summary>What a weight is used for.</summary>
[Flags]
public enum WeightUses
{
    /// <summary>Products, biases, norms: all but looking rows up.</summary>
    Products = 1,

    /// <summary>Rows that are looked up.</summary>
    Rows = 2,

    /// <summary>Everything.</summary>
    All = Products | Rows,
}
