namespace Qwen2Audio.Model.Ops;

/// <summary>
/// A place in a model whose numbers can be seen and, at inference, replaced while it computes. A model lists its sites in the order in which
/// a pass reaches them. D is <c>decoder.N</c> or <c>encoder.N</c>, the N-th layer:
/// <list type="table">
/// <item><term>decoder.input, encoder.input</term><description>rows that enter the first layer; audio and positions are in them</description></item>
/// <item><term>D.attention.probabilities</term><description>[heads · rows, keys], one sequence after the other</description></item>
/// <item><term>D.attention</term><description>rows that self-attention adds, behind its output projection</description></item>
/// <item><term>D.cross.probabilities, D.cross</term><description>the same for attention to the encoder's rows</description></item>
/// <item><term>D.router</term><description>logits [rows, experts] of a sparse layer, before experts are chosen</description></item>
/// <item><term>D.mlp</term><description>rows that the feed-forward part adds</description></item>
/// <item><term>D.output</term><description>rows behind the layer</description></item>
/// <item><term>decoder.output, encoder.output</term><description>rows behind the final norm</description></item>
/// <item><term>projector.output</term><description>audio rows in the decoder's width</description></item>
/// </list>
/// </summary>
/// <param name="Name">Its name, unique in the model.</param>
public sealed record Site(string Name)
{
    /// <inheritdoc/>
    public override string ToString() => Name;
}
