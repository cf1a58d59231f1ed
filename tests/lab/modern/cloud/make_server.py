"""Runs inside nova's environment: one ACTIVE server on cmp1 in cell1, written by nova's own objects.

usage: make_server.py UUID NAME PROJECT --config-file FILE...
There is no scheduler and no image service to build it through; the console asks for neither.
"""
import sys

from nova import monkey_patch; monkey_patch.patch()     # noqa: E702 first, as in nova's programs

from nova import config, context, objects
from nova.compute import power_state, vm_states
from nova.network import model

uuid, name, project = sys.argv[1:4]
objects.register_all()
config.parse_args(['make_server'] + sys.argv[4:])
admin = context.get_admin_context()
cell = [c for c in objects.CellMappingList.get_all(admin) if c.name == 'cell1'][0]
flavor = objects.Flavor(id=1, flavorid='tiny', name='tiny', memory_mb=64, vcpus=1, root_gb=0,
                        ephemeral_gb=0, swap=0, rxtx_factor=1.0, vcpu_weight=0, disabled=False,
                        is_public=True, extra_specs={})
with context.target_cell(admin, cell) as inside:
    node = objects.ComputeNode.get_by_host_and_nodename(inside, 'cmp1', 'cmp1')
    objects.Instance(
        inside, uuid=uuid, display_name=name, hostname=name, project_id=project, user_id=project,
        host='cmp1', node='cmp1', compute_id=node.id, launched_on='cmp1', vm_state=vm_states.ACTIVE,
        power_state=power_state.RUNNING, memory_mb=64, vcpus=1, root_gb=0, ephemeral_gb=0,
        image_ref='', locked=False, system_metadata={}, metadata={}, flavor=flavor,
        old_flavor=None, new_flavor=None, info_cache=objects.InstanceInfoCache(
            instance_uuid=uuid, network_info=model.NetworkInfo([]))).create()
objects.InstanceMapping(admin, instance_uuid=uuid, cell_mapping=cell, project_id=project,
                        user_id=project, queued_for_delete=False).create()
