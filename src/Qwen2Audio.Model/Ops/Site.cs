namespace Qwen2Audio.Model.Ops;

/// <summary>
/// A named place in a model whose values a probe can read and, at inference, replace. A model lists its sites in the order in which
/// a pass reaches them. D stands for <c>decoder.N</c> or <c>encoder.N</c>, the N-th layer:
/// <list type="table">
/// <item><term>decoder.input, encoder.input</term><description>input rows of the first layer, including audio and positions</description></item>
/// <item><term>D.attention.probabilities</term><description>[heads · rows, keys], one sequence at a time</description></item>
/// <item><term>D.attention</term><description>output of self-attention, after the output projection, before the residual sum</description></item>
/// <item><term>D.cross.probabilities, D.cross</term><description>the same for attention to the encoder's rows</description></item>
/// <item><term>D.router</term><description>router logits [rows, experts] of a sparse layer</description></item>
/// <item><term>D.mlp</term><description>output of the feed-forward part, before the residual sum</description></item>
/// <item><term>D.output</term><description>output rows of the layer</description></item>
/// <item><term>decoder.output, encoder.output</term><description>rows after the final norm</description></item>
/// <item><term>projector.output</term><description>audio rows of the decoder's width</description></item>
/// </list>
/// </summary>
/// <param name="Name">Its name, unique in the model.</param>
public sealed record Site(string Name)
{
    /// <inheritdoc/>
    public override string ToString() => Name;
}
