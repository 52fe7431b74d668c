namespace Qwen2Audio.Model.Ops;

/// <summary>
/// A named place in a model whose values a probe can read and, at inference, replace. A model lists its sites in the order in which
/// a pass reaches them; docs/sites.md says what each holds.
/// </summary>
/// <param name="Name">Its name, unique in the model.</param>
public sealed record Site(string Name)
{
    public override string ToString() => Name;
}
